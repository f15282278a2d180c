/** Tools that our own definitions cannot express; each era's fixture answers them by itself. */

/** Content that is not text, and requests of the server to its client. */
export const LEGACY_TOOLS = [
  'test_image_content',
  'test_audio_content',
  'test_embedded_resource',
  'test_multiple_content_types',
  'test_sampling',
  'test_elicitation',
  'test_elicitation_sep1034_defaults',
  'test_elicitation_sep1330_enums',
] as const;

/** Results that ask for input, and triggers of changes. */
export const MODERN_TOOLS = [
  'test_missing_capability',
  'test_trigger_tool_change',
  'test_trigger_prompt_change',
  'test_input_required_result_elicitation',
  'test_input_required_result_sampling',
  'test_input_required_result_list_roots',
  'test_input_required_result_request_state',
  'test_input_required_result_multiple_inputs',
  'test_input_required_result_multi_round',
  'test_input_required_result_tampered_state',
  'test_input_required_result_capabilities',
] as const;
