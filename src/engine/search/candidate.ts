import type { JobSummary } from '../../domain/job.ts'
import type { FilteredJob } from '../../domain/job-filter/match.ts'
import type { ScannedJob } from '../../systems/system.ts'

/** A job of a walk as a filter sees it: what the filter does not ask for is not decoded, and nothing twice. */
export class Candidate implements FilteredJob {
  #summary: JobSummary | null = null
  #text: string | null = null

  constructor(private readonly job: ScannedJob) {}

  get id() {
    return this.summary.id
  }
  get name() {
    return this.summary.name
  }
  get error() {
    return this.job.error()
  }
  get at() {
    return this.job.at()
  }
  get createdAt() {
    return this.summary.createdAt
  }
  get attempts() {
    return this.summary.attempts
  }
  get bytes() {
    return this.job.bytes
  }
  get progress() {
    return this.summary.progress
  }
  get payload() {
    return this.job.payload()
  }
  get text() {
    const text = this.#text ?? this.job.payload().toString('utf8')
    this.#text = text
    return text
  }
  get summary(): JobSummary {
    const summary = this.#summary ?? this.job.summary()
    this.#summary = summary
    return summary
  }
}
