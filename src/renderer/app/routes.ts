/** The addresses of this app, in one place. Ids and keys are escaped here and nowhere else. */
export const routes = {
  /** A section over everything, or of one connection. */
  section: (section: string, connectionId: string | null = null): string =>
    connectionId === null ? `/${section}` : `/c/${encodeURIComponent(connectionId)}/${section}`,

  /** A queue by its `queueKey`, and one of its states. */
  queue: (connectionId: string, key: string, state?: string): string => {
    const params = new URLSearchParams({ queue: key })
    if (state !== undefined) params.set('state', state)
    return `/c/${encodeURIComponent(connectionId)}/queue?${params}`
  },

  /** A job, open beside the list of its state. */
  job: (connectionId: string, key: string, state: string, ref: string): string =>
    `${routes.queue(connectionId, key, state)}&${new URLSearchParams({ job: ref })}`,

  /** Where jobs are found: a filter, and the queue (by its `queueKey`) and state, or the kind of state, that it goes through. */
  search: (
    connectionId: string | null,
    look: { q?: string; queue?: string; state?: string; kind?: string } = {},
  ): string => {
    const params = new URLSearchParams(look)
    return `${routes.section('search', connectionId)}${params.size === 0 ? '' : `?${params}`}`
  },

  /** The form of a profile; `new` makes one. */
  profile: (id: string): string => `/profiles?${new URLSearchParams({ edit: id })}`,

  /** A profile in the list of all. */
  profileInList: (id: string): string => `/profiles?${new URLSearchParams({ focus: id })}`,
} as const
