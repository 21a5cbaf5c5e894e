/** Kills this process, as kill -9 does, the n-th time that it passes a point; see RunnerOptions.killAt. */
export function failpoint(killAt: { readonly point: string; readonly nth: number } | null): (point: string) => void {
  let passed = 0
  return (point) => {
    if (point !== killAt?.point || ++passed < killAt.nth) return
    process.kill(process.pid, 'SIGKILL')
  }
}
