import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'trades', summary: 'not built yet' });
