# tests/unit/serve_NAME.py tries tally-lookup --listen as a program, before a Redis of its own.
function(serve_test name) # PROGRAMS...
  add_test(NAME serve_${name}
    COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/serve_${name}.py $<TARGET_FILE:tally-lookup> ${ARGN})
  set_tests_properties(serve_${name} PROPERTIES LABELS unit TIMEOUT 300
    ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
endfunction()

serve_test(answers)
serve_test(http $<TARGET_FILE:tally-ingest>)
serve_test(redis)
serve_test(documented $<TARGET_FILE:tally-ingest>)
serve_test(openapi)
