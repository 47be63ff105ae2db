"""A vendor's year: who acts in it, and the books that say what should come of that."""
