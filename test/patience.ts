/** How long a test waits for what follows soon: it ends what hangs, however much else the computer has to do. */
export const patience = { timeout: 60_000, interval: 10 }
