import { filterExamples, filterNames } from './filter-examples.ts'

/** The language of filters on one page; an example that is chosen becomes the filter. */
export function FilterHelp({ onChoose }: { onChoose(filter: string): void }) {
  return (
    <div className="grid gap-x-8 gap-y-4 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <section aria-label="Examples" className="min-w-0">
        <h3 className="mb-1 text-xs font-medium text-faint">Examples</h3>
        <ul className="-mx-1.5">
          {filterExamples.map(({ filter, meaning }) => (
            <li key={filter}>
              <button
                type="button"
                onClick={() => onChoose(filter)}
                title="Use this filter"
                className="block w-full rounded-md px-1.5 py-1 text-start hover:bg-hover"
              >
                <code className="font-mono text-sm text-accent">{filter}</code>
                <span className="block text-sm text-muted">{meaning}</span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <section aria-label="Names" className="min-w-0">
        <h3 className="mb-1 text-xs font-medium text-faint">Names that Sluice knows</h3>
        <dl className="flex flex-col gap-1.5">
          {filterNames.map(({ name, meaning }) => (
            <div key={name} className="text-sm">
              <dt className="font-mono">{name}</dt>
              <dd className="text-muted">{meaning}</dd>
            </div>
          ))}
        </dl>
        <p className="mt-2 text-sm text-muted">All other paths are looked up in the payload.</p>
      </section>
    </div>
  )
}
