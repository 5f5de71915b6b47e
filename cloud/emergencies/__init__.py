"""Somebody needs help: from the first suspicion until a person has answered. Nothing else in Forehand can stop it."""
