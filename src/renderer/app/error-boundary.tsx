import { TriangleAlert } from 'lucide-react'
import { Component, type ReactNode } from 'react'
import { Button } from '../ui/button.tsx'
import { EmptyState } from '../ui/empty-state.tsx'

interface Props {
  /** Another key means another screen: the error is forgotten. */
  resetKey: string
  children: ReactNode
}

/** A screen that broke says so in its own place; the rest of the window goes on. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: unknown): { error: Error } {
    return { error: error instanceof Error ? error : new Error(String(error)) }
  }

  override componentDidUpdate(before: Props): void {
    if (before.resetKey !== this.props.resetKey && this.state.error !== null) this.setState({ error: null })
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <EmptyState
        icon={<TriangleAlert size={20} />}
        title="This screen broke"
        action={<Button onClick={() => this.setState({ error: null })}>Try again</Button>}
      >
        Your queues are not affected. The reason, for a bug report:
        <code data-selectable="" className="mt-1 block font-mono text-sm">
          {error.message}
        </code>
      </EmptyState>
    )
  }
}
