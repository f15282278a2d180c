import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'config', summary: 'not built yet' });
