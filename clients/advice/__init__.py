"""What a broker tells a client from plain facts: what its file still lacks, how safe a buyer is, on which terms to
deliver it. Pure arithmetic and French sentences."""
