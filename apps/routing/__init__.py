"""Who answers: lines, accepting, transferring, closing, and why it went so."""
