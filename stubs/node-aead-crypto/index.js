throw new Error("node-aead-crypto is a stand-in and is never loaded on Node 10 or newer")
