import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * This computer as it runs now. On Linux it includes the boot and the process namespace, because a process id says
 * nothing about a container that happens to have the same host name.
 */
function thisHost(): string {
  const name = hostname()
    .replace(/[^\w.-]/g, '-')
    .slice(0, 60)
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8') + readlinkSync('/proc/self/ns/pid')
    return `${name}.${createHash('sha1').update(boot).digest('hex').slice(0, 8)}`
  } catch {
    return name // not Linux, or /proc is not to be had
  }
}

const host = thisHost()

/** A new name for a worker of this process: `host:pid:random`, no part with a colon. */
export function newWorkerId(): string {
  return `${host}:${process.pid}:${randomBytes(6).toString('hex')}`
}

/** Whether the worker was a process of this computer that is gone. False where that cannot be known. */
export function isKnownDead(worker: string): boolean {
  const [workerHost, pid] = worker.split(':')
  if (workerHost !== host || !/^\d+$/.test(pid ?? '')) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH'
  }
}
