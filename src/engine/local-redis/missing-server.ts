import { SluiceError } from '../../domain/errors.ts'

/** How to get a server, by platform. */
const advice: Partial<Record<NodeJS.Platform, string>> = {
  linux: "install one (sudo apt-get install redis-server, or your distribution's package), then start Sluice again",
  darwin: 'install one (brew install redis, or brew install valkey), then start Sluice again',
  win32: 'install Memurai, or Redis inside WSL, and add it as a connection',
}

/** LOCAL_REDIS_MISSING, with how to get a server on this platform, in one sentence. */
export function missingServer(platform: NodeJS.Platform = process.platform): SluiceError {
  const how = advice[platform] ?? 'install Redis or Valkey, then start Sluice again'
  return new SluiceError('LOCAL_REDIS_MISSING', `There is no redis-server or valkey-server on this computer: ${how}.`)
}
