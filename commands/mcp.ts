import { defineCommand } from '../src/command.ts';

export default defineCommand({ name: 'mcp', summary: 'not built yet' });
