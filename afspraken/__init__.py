"""What spans the steps of the night: settings, the warehouse, publishing, the command."""
