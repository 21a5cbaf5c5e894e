/** Time that this process worked since then, ms: what other programs of the machine do does not change it. */
export function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
