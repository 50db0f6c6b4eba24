"""The publishers on this machine: CBS, EP-Online and PDOK, played from the sample over HTTP."""
