"""What each analyzer answers: one frozen report a question, amounts already allocated to cents."""
