"""What can be bought: products, packs, suppliers, prices, and which product fits which slot."""
