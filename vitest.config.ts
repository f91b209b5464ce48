import { defineConfig } from 'vitest/config'

// Each kind of suite is a project, so that `--project unit` runs one alone. `interop` needs foreign peers and
// skips, by name, what it does not find.
const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
})

export default defineConfig({
  test: {
    projects: [
      project('unit', { testTimeout: 30_000, hookTimeout: 60_000 }),
      project('vectors', { testTimeout: 30_000 }),
      project('fuzz', { testTimeout: 120_000 }),
      project('scenario', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('interop', { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false }),
    ],
  },
})
