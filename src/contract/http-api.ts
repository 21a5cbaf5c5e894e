import { oc } from '@orpc/contract'
import { z } from 'zod'

/**
 * The HTTP API, as data: what pages and bots of the first kind of application ask about their requests, under the paths
 * and with the field names that they know, and what scripts of hand-built e-mail and SMS queues ask. JSON; times are
 * ISO 8601 text, durations seconds. Whole numbers beyond 2^53 come as text, since a number would lose digits.
 */

/** What a call may fail with: the sentence is for a person, `data.retryable` says whether trying again may help. */
const failed = z.object({ retryable: z.boolean() })
const base = oc.errors({
  BAD_REQUEST: { status: 400, message: 'That input is not valid.', data: failed.optional() },
  FORBIDDEN: { status: 403, message: 'This connection is read-only.', data: failed },
  NOT_FOUND: { status: 404, message: 'There is no such request, or it has expired.', data: failed },
  CONFLICT: { status: 409, message: 'What is stored does not allow that.', data: failed },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Something went wrong inside Sluice.', data: failed },
  SERVICE_UNAVAILABLE: { status: 503, message: 'Redis is not reachable at the moment.', data: failed },
})

const hash = z.string().min(1).max(200).describe('The hash of a request')
const byHash = z.object({ hash })
const json = z.record(z.string(), z.unknown())

export const requestStatusSchema = z.object({
  hash: z.string(),
  service_slug: z.string().nullable(),
  status: z.string().describe('pending, processing, otp_required, completed, failed or cancelled'),
  step: z.string().nullable(),
  progress: z.number().min(0).max(100),
  current_message: z.string().nullable(),
  estimated_remaining_time: z.number().int().nullable().describe('Seconds; 0 when it ended, null where nobody knows'),
  requires_otp: z.boolean().describe('A person has to type a one-time code'),
  otp_data: json.nullable().describe('What to show of the code; never the code'),
  result_data: z.unknown().describe('What the service answered; null before it is completed'),
  error_message: z.string().nullable(),
  started_at: z.string().nullable(),
  updated_at: z.string().nullable(),
  expires_at: z.string().nullable(),
})
export type RequestStatus = z.infer<typeof requestStatusSchema>

export const createRequestSchema = z.object({
  service_slug: z.string().min(1).max(200),
  request_data: json.describe('What the service needs to know; stored byte for byte'),
  estimated_duration: z.number().int().min(1).max(86_400).default(300).describe('Seconds'),
  service_id: z.number().int().nullable().default(null),
  user_id: z
    .union([z.string().max(100), z.number().int().min(0)])
    .nullable()
    .default(null),
  session_id: z.string().max(200).nullable().default(null),
})

const queueName = z.string().min(1).max(500).describe('The queue, without the beginning of its keys: email')
const counts = z.object({ pending: z.number(), processing: z.number(), dead_letter: z.number() })

export const httpApiContract = {
  requests: {
    create: base
      .route({
        method: 'POST',
        path: '/api/local-requests',
        successStatus: 201,
        summary: 'Begins a request',
        tags: ['Requests'],
      })
      .input(createRequestSchema)
      .output(requestStatusSchema),
    status: base
      .route({
        method: 'GET',
        path: '/api/local-requests/{hash}/status',
        summary: 'How far a request is',
        tags: ['Requests'],
      })
      .input(byHash)
      .output(requestStatusSchema),
    cancel: base
      .route({
        method: 'POST',
        path: '/api/local-requests/{hash}/cancel',
        summary: 'Cancels a request',
        tags: ['Requests'],
      })
      .input(byHash)
      .output(requestStatusSchema),
    otp: base
      .route({
        method: 'POST',
        path: '/api/local-requests/{hash}/otp',
        summary: 'Hands in a one-time code',
        tags: ['Requests'],
      })
      .input(byHash.extend({ otp: z.string().min(1).max(50) }))
      .output(requestStatusSchema),
    resendOtp: base
      .route({
        method: 'POST',
        path: '/api/local-requests/{hash}/resend-otp',
        summary: 'Asks for another code',
        tags: ['Requests'],
      })
      .input(byHash)
      .output(requestStatusSchema),
  },
  queues: {
    stats: base
      .route({
        method: 'GET',
        path: '/api/queues/stats',
        summary: 'Counts of all plain queues, by name',
        tags: ['Queues'],
      })
      .output(z.record(z.string(), counts)),
    deadLetters: base
      .route({
        method: 'GET',
        path: '/api/queues/{name}/dead-letters',
        summary: 'Dead letters, oldest first',
        tags: ['Queues'],
      })
      .input(
        z.object({
          name: queueName,
          start: z.coerce.number().int().min(0).default(0),
          limit: z.coerce.number().int().min(1).max(100).default(10),
        }),
      )
      .output(z.object({ total: z.number(), jobs: z.array(z.string()).describe('Each as stored, as text') })),
    retryDeadLetter: base
      .route({
        method: 'POST',
        path: '/api/queues/{name}/dead-letters/{index}/retry',
        summary: 'Puts a dead letter back into its queue',
        tags: ['Queues'],
      })
      .input(z.object({ name: queueName, index: z.coerce.number().int().min(0) }))
      .output(z.object({ retried: z.number() })),
  },
}
