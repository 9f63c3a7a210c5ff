"""The work of `seal` and `secrets`: what is unsealed, what a value is made of, sealing in place, records, rollout."""
