import type { Turn } from './turn.ts'

// In this tab alone, until it is closed.

const tokenKey = 'riffle.token'
const turnsKey = 'riffle.turns'

export const savedToken = {
  get: () => sessionStorage.getItem(tokenKey),
  set: (token: string) => sessionStorage.setItem(tokenKey, token),
  forget: () => sessionStorage.removeItem(tokenKey),
}

export const savedTurns = {
  get(): readonly Turn[] {
    try {
      const saved: unknown = JSON.parse(sessionStorage.getItem(turnsKey) ?? '[]')
      return Array.isArray(saved) ? (saved as readonly Turn[]) : []
    } catch {
      return []
    }
  },
  /** The newest, as many as the browser takes. */
  set(turns: readonly Turn[]) {
    for (let from = 0; from <= turns.length; from++) {
      try {
        return sessionStorage.setItem(turnsKey, JSON.stringify(turns.slice(from)))
      } catch {
        // Full: without the oldest.
      }
    }
  },
}
