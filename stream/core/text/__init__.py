"""Text normalisation, the same in training and in serving: `steps` by name, and the step `behaviour`."""
