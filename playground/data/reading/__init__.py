"""Reading what a visitor brings: by content, with every decision said, and never trusting the file."""
