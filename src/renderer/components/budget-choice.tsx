import { setBudget, usePreferences } from '../state/preferences.ts'
import { Select } from '../ui/select.tsx'

const choices = [1, 2, 5, 10, 25, 50, 100]

/** How much of Redis a reading of many jobs may take; kept for the next time. It holds for what is started after it. */
export function BudgetChoice() {
  const budget = usePreferences((state) => state.budget)
  const values = choices.includes(budget) ? choices : [...choices, budget].sort((one, other) => one - other)
  return (
    <span
      className="flex shrink-0 items-center gap-1.5 text-sm text-muted"
      title="Redis works on one core: reading waits so that it takes no more than this of it. A change holds from the next reading on."
    >
      <span className="@max-[1000px]:hidden">Redis budget</span>
      <Select
        label="Redis budget"
        value={String(budget)}
        onChange={(value) => setBudget(Number(value))}
        options={values.map((value) => ({ value: String(value), label: `${value} %` }))}
        className="w-20"
      />
    </span>
  )
}
