import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'breaker', summary: 'not built yet' });
