"""The words of the field: numbers with their scales, states of documents, roles of accounts, kinds of places."""
