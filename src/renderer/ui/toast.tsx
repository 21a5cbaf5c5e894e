import { Toast as Base } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, Info, X } from 'lucide-react'
import type { ReactNode } from 'react'

interface ToastData {
  tone: 'info' | 'good' | 'bad'
}

const manager = Base.createToastManager<ToastData>()

interface ToastAction {
  readonly label: string
  run(): void
}

function show(tone: ToastData['tone'], text: ReactNode, action?: ToastAction): void {
  const id = manager.add({
    title: text,
    data: { tone },
    timeout: action !== undefined || tone === 'bad' ? 10_000 : 4_000,
    priority: tone === 'bad' ? 'high' : 'low',
    ...(action !== undefined && {
      actionProps: {
        children: action.label,
        onClick: () => {
          manager.close(id)
          action.run()
        },
      },
    }),
  })
}

/** A sentence about what just happened, for a few seconds; with an action (Undo) it stays longer. */
export const toast = {
  info: (text: ReactNode, action?: ToastAction) => show('info', text, action),
  good: (text: ReactNode, action?: ToastAction) => show('good', text, action),
  error: (text: ReactNode, action?: ToastAction) => show('bad', text, action),
}

const icons = {
  info: <Info size={14} className="text-muted" aria-hidden />,
  good: <CircleCheck size={14} className="text-good" aria-hidden />,
  bad: <CircleAlert size={14} className="text-bad" aria-hidden />,
}

function ToastList() {
  const { toasts } = Base.useToastManager<ToastData>()
  return toasts.map((item) => (
    <Base.Root
      key={item.id}
      toast={item}
      swipeDirection={['right', 'down']}
      className="rounded-lg bg-raised shadow-float transition-[opacity,translate] duration-150 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Base.Content className="flex items-start gap-2 py-2 pr-1.5 pl-3">
        <span className="flex h-5 items-center">{icons[item.data?.tone ?? 'info']}</span>
        <Base.Title render={<p />} className="min-w-0 flex-1 break-words" />
        <Base.Action className="h-5 shrink-0 rounded-sm px-1.5 font-medium text-accent hover:bg-hover empty:hidden" />
        <Base.Close
          aria-label="Dismiss"
          className="flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-hover hover:text-ink"
        >
          <X size={12} aria-hidden />
        </Base.Close>
      </Base.Content>
    </Base.Root>
  ))
}

/**
 * Where toasts appear: bottom right, above the bar for selected jobs, newest lowest; bottom left beside a dialog, whose
 * buttons are on the right. Once, around the app.
 */
export function ToastArea({ children }: { children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className="fixed right-4 bottom-15 z-50 flex w-96 max-w-[calc(100vw-2rem)] flex-col-reverse gap-2 in-[body:has([data-dialog])]:right-auto in-[body:has([data-dialog])]:left-4">
          <ToastList />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  )
}
