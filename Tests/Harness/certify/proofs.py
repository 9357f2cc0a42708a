"""A proof is a function that gets a fresh `Host` and returns, or raises why it does not hold."""


class Item:
    """What has to be certified, with its proofs in the order in which they stand in their file."""

    def __init__(self, name):
        self.name = name
        self.proofs = []

    def proof(self, claim):
        """Adds a function, under its own name, with the sentence that it shows."""
        def add(function):
            self.proofs.append((function.__name__.replace("_", "-"), claim, function))
            return function
        return add
