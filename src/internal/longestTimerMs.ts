/** Node and browsers run timers that are longer than this at once. */
export const longestTimerMs = 2_147_483_647
