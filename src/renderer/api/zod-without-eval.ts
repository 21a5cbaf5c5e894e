import { config } from 'zod'

/** The page's content security policy forbids eval, and zod would probe for it: this must be imported before any schema. */
config({ jitless: true })
