// Biome formats and lints; ESLint only adds the promise rules that need type information.
import tseslint from 'typescript-eslint';

export default tseslint.config({
  files: ['src/**/*.{ts,tsx}', 'commands/**/*.{ts,tsx}', 'test/**/*.ts'],
  ignores: ['test/real-engine/**', 'test/fixtures/**'],
  extends: [tseslint.configs.base],
  languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': 'error',
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
  },
});
