"""What is made from the delivery contracts: staging models, pages, templates."""
