import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'exchange', summary: 'not built yet' });
