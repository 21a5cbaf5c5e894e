import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClientProvider } from '@tanstack/react-query'
import { Router } from 'wouter'
import { queryClient } from '../api/query-client.ts'
import { ToastArea } from '../ui/toast.tsx'
import { TooltipProvider } from '../ui/tooltip.tsx'
import { Feeds } from './feeds.tsx'
import { useHashLocation } from './hash-location.ts'
import { Shell } from './shell.tsx'

/** Everything that the screens stand on. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <CSPProvider disableStyleElements>
        <Router hook={useHashLocation}>
          <ToastArea>
            <TooltipProvider>
              <Feeds />
              <Shell />
            </TooltipProvider>
          </ToastArea>
        </Router>
      </CSPProvider>
    </QueryClientProvider>
  )
}
