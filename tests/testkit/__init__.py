"""What several test modules share: worlds to set up, processes to start, strategies, fixtures."""
