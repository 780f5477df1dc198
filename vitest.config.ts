import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Package names resolve to the sources here; `test/package.test.ts` is the one that runs the built package.
  resolve: { conditions: ['riffle-source'] },
  ssr: { resolve: { conditions: ['riffle-source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: 'coverage/report.json' }]] : ['default'],
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
})
