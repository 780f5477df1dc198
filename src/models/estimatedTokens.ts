// In `internal` because `split` counts so by default, and operators know no models.
export { estimatedTokens } from '../internal/estimatedTokens.ts'
