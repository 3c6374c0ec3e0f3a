"""The rules of D20: what is wasted, what may be, and what acting on it takes."""
