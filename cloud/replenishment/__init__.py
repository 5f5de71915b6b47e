"""Order, propose, remind, hold or wait? Every answer carries its reasons and can be replayed."""
