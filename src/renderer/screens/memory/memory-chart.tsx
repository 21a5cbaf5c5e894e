import { Area, AreaChart, CartesianGrid, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import type { MemoryPoint } from '../../../domain/sample.ts'
import { formatBytes, formatClock, formatCount, formatDateTime } from '../../ui/format.ts'
import { byteTicks, thinned } from './memory.model.ts'

interface MemoryChartProps {
  points: readonly MemoryPoint[]
  /** 0 when there is none. */
  limit: number
}

const axis = { fontSize: 11, fill: 'var(--color-faint)' }

/** Memory used by data and by the process, over time, with the limit where it is near enough to matter. */
export function MemoryChart({ points, limit }: MemoryChartProps) {
  const drawn = thinned(points)
  const highest = Math.max(...drawn.map((point) => Math.max(point.rssBytes, point.usedMemoryBytes)))
  const showLimit = limit > 0 && limit < highest * 3
  const ticks = byteTicks(showLimit ? Math.max(highest, limit) : highest)
  return (
    <ResponsiveContainer width="100%" height={220}>
      <AreaChart data={drawn} margin={{ top: 8, right: 12, bottom: 0, left: 4 }} accessibilityLayer>
        <CartesianGrid vertical={false} stroke="var(--color-line)" />
        <XAxis
          dataKey="at"
          type="number"
          domain={['dataMin', 'dataMax']}
          tickFormatter={(at: number) => formatClock(at).slice(0, 5)}
          tick={axis}
          tickLine={false}
          axisLine={{ stroke: 'var(--color-line)' }}
          minTickGap={64}
        />
        <YAxis
          width={64}
          ticks={ticks}
          domain={[0, ticks.at(-1) ?? 0]}
          tickFormatter={(bytes: number) => (bytes === 0 ? '0' : formatBytes(bytes))}
          tick={axis}
          tickLine={false}
          axisLine={false}
        />
        <Tooltip content={<ChartTip />} isAnimationActive={false} cursor={{ stroke: 'var(--color-line-strong)' }} />
        {showLimit && (
          <ReferenceLine
            y={limit}
            stroke="var(--color-bad)"
            strokeDasharray="4 3"
            label={{
              value: `limit ${formatBytes(limit)}`,
              position: 'insideTopRight',
              fontSize: 11,
              fill: 'var(--color-bad)',
            }}
          />
        )}
        <Area
          dataKey="rssBytes"
          stroke="var(--color-faint)"
          strokeWidth={1}
          strokeDasharray="3 2"
          fill="none"
          isAnimationActive={false}
          dot={false}
          activeDot={false}
        />
        <Area
          dataKey="usedMemoryBytes"
          stroke="var(--color-accent)"
          strokeWidth={1.5}
          fill="var(--color-accent)"
          fillOpacity={0.12}
          isAnimationActive={false}
          dot={false}
          activeDot={{ r: 3 }}
        />
      </AreaChart>
    </ResponsiveContainer>
  )
}

/** What recharts gives to the content of its tooltip, as far as it is used. */
interface ChartTipProps {
  active?: boolean
  payload?: readonly { payload?: MemoryPoint }[]
}

function ChartTip({ active, payload }: ChartTipProps) {
  const point = payload?.[0]?.payload
  if (!active || point === undefined) return null
  const rows = [
    ['Data', formatBytes(point.usedMemoryBytes)],
    ['Process', formatBytes(point.rssBytes)],
    ['Keys', formatCount(point.keys)],
    ['Clients', formatCount(point.clients)],
    ['Ops/s', formatCount(point.opsPerSecond)],
  ]
  return (
    <div className="rounded-md bg-raised px-2.5 py-1.5 text-sm shadow-float">
      <div className="mb-1 text-faint">{formatDateTime(point.at)}</div>
      {rows.map(([label, value]) => (
        <div key={label} className="flex justify-between gap-6">
          <span className="text-muted">{label}</span>
          <span>{value}</span>
        </div>
      ))}
    </div>
  )
}
