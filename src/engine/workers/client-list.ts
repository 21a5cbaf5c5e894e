import type { ClientInfo } from '../../systems/system.ts'

/**
 * The reply of CLIENT LIST, one client a line (`id=3 addr=127.0.0.1:4711 name=x age=5 idle=0 db=0 cmd=blpop ...`).
 * Names hold no blanks (Redis refuses them); fields that this Redis does not send are empty or 0. Redis 2.4 to 8.
 */
export function parseClientList(text: string): ClientInfo[] {
  const clients: ClientInfo[] = []
  for (const line of text.split('\n')) {
    const fields = new Map<string, string>()
    for (const [, name, value] of line.matchAll(/(?:^| )([a-z-]+)=(\S*)/g)) fields.set(name as string, value as string)
    const id = fields.get('id')
    if (id === undefined) continue
    clients.push({
      id,
      name: fields.get('name') ?? '',
      address: fields.get('addr') ?? '',
      ageSeconds: Number(fields.get('age') ?? 0),
      idleSeconds: Number(fields.get('idle') ?? 0),
      command: fields.get('cmd') ?? '',
      db: Number(fields.get('db') ?? 0),
    })
  }
  return clients
}
