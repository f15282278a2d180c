import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'status', summary: 'not built yet' });
