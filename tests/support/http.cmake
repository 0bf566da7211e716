# A server whose answers go on.
add_executable(streams ${CMAKE_CURRENT_LIST_DIR}/streams.c)
target_link_libraries(streams PRIVATE http)
add_test(NAME http_stream
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/http_stream.py $<TARGET_FILE:streams> $<TARGET_FILE:hostile_http>)
set_tests_properties(http_stream PROPERTIES LABELS unit TIMEOUT 300 ENVIRONMENT "PYTHONDONTWRITEBYTECODE=1")
