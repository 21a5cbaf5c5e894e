import { MutationCache, QueryClient } from '@tanstack/react-query'
import { toast } from '../ui/toast.tsx'
import { onEngineBack, orpc } from './client.ts'
import { errorSentence, isRetryable } from './error-text.ts'

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: {
      /** The form shows the error itself; no toast. */
      quiet?: boolean
    }
  }
}

/**
 * Server data. Queries ask again twice at most, and only when that may help; commands never. Every command that worked
 * makes the journal stale; one that failed says so in a toast unless its form does (`meta: { quiet: true }`).
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: 'always',
      staleTime: 2_000,
      retry: (count, error) => count < 2 && isRetryable(error),
      retryDelay: (count) => 300 * 2 ** count,
    },
    mutations: { networkMode: 'always', retry: false },
  },
  mutationCache: new MutationCache({
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: orpc.journal.key() }),
    onError: (error, _variables, _result, mutation) => {
      if (mutation.meta?.quiet !== true) toast.error(errorSentence(error))
    },
  }),
})

onEngineBack(() => void queryClient.invalidateQueries())
