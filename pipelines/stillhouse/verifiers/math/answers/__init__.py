"""Reading and comparing short mathematical answers without a computer algebra system where none is needed."""
