# Changes as they come, before a real Redis.
add_test(NAME serve_stream
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/serve_stream.py $<TARGET_FILE:tally-lookup>)
set_tests_properties(serve_stream PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
