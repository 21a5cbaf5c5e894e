const number = (name: string, usual: number) => Number(process.env[name] ?? usual)

export const kills = number('BENCH_KILLS', 12)
export const profiles = number('BENCH_PROFILES', 20)
/** On all profiles together. */
export const queues = number('BENCH_QUEUES', 200)
export const idleSeconds = number('BENCH_IDLE_SECONDS', 60)
export const watchedSeconds = 15
export const hiddenSeconds = 15
