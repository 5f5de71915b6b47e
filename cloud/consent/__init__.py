"""What a household has allowed, purpose by purpose, and when it was taken back."""
