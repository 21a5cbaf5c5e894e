/** A value of redis.conf in quotes. */
const quoted = (value: string) => `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`

/**
 * The configuration of the private server: loopback only, a password of its own, every write in the append-only file,
 * and never an eviction. The password stands in this file, readable by this user alone, and not on a command line.
 */
export function serverConfig(options: { port: number; password: string; folder: string }): string {
  return [
    'bind 127.0.0.1',
    `port ${options.port}`,
    `requirepass ${quoted(options.password)}`,
    `dir ${quoted(options.folder)}`,
    'daemonize no',
    'logfile ""',
    'save ""',
    'appendonly yes',
    'appendfsync everysec',
    'maxmemory-policy noeviction',
    '',
  ].join('\n')
}

/** One sentence on how to get a server on this platform. */
export function howToGetServer(platform: NodeJS.Platform): string {
  const ways: Partial<Record<NodeJS.Platform, string>> = {
    linux:
      'Install one with "sudo apt-get install redis-server" (or your distribution\'s package), then start Sluice again.',
    darwin: 'Install one with "brew install redis" (or "brew install valkey"), then start Sluice again.',
    win32:
      'Install Memurai, or Redis inside WSL, and add it as a profile; Sluice finds a redis-server.exe on the PATH.',
  }
  return `There is no redis-server or valkey-server on this computer, so the private Redis cannot run. ${ways[platform] ?? ways.linux}`
}
