"""Who may read and write what on the broker: the programme's own users, and other city systems."""
