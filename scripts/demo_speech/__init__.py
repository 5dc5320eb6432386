"""What scripts/train_demo_speech is made of."""
