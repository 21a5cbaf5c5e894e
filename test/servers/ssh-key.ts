import ssh2 from 'ssh2'

export type SshKeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** What ssh-keygen writes into its two files. */
export interface SshKey {
  readonly private: string
  readonly public: string
}

/** A pair of keys as ssh-keygen writes them; with a passphrase where one is given. */
export function makeSshKey(type: SshKeyType = 'ed25519', passphrase?: string): SshKey {
  for (;;) {
    const pair = passphrase === undefined ? plainKey(type) : lockedKey(type, passphrase)
    // The library loses the zero that one key of some hundred begins with, and then cannot read it itself.
    const read = [ssh2.utils.parseKey(pair.private, passphrase), ssh2.utils.parseKey(pair.public)]
    if (!read.some((key) => key instanceof Error)) return pair
  }
}

function plainKey(type: SshKeyType): SshKey {
  if (type === 'ed25519') return ssh2.utils.generateKeyPairSync(type)
  return ssh2.utils.generateKeyPairSync(type, { bits: bitsOf[type] })
}

function lockedKey(type: SshKeyType, passphrase: string): SshKey {
  // Few rounds: the real number takes half a second of a core each time.
  const lock = { passphrase, cipher: 'aes256-ctr', rounds: 2 }
  if (type === 'ed25519') return ssh2.utils.generateKeyPairSync(type, lock)
  return ssh2.utils.generateKeyPairSync(type, { bits: bitsOf[type], ...lock })
}

const bitsOf = { ecdsa: 256, rsa: 2048 } as const
